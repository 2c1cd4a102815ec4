// The exporter as an Azure Container App with an identity of its own; config.yaml is beside this
// file. The scraper must be in the same environment or network.

@description('Resource id of the Container Apps environment.')
param environmentId string

@description('The image, in a registry that the environment can pull from.')
param image string

param name string = 'azure-ai-exporter'

param location string = resourceGroup().location

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
}

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    environmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: false
        targetPort: 10058
        transport: 'http'
      }
      secrets: [
        {
          name: 'config'
          value: loadTextContent('config.yaml')
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'exporter'
          image: image
          args: [
            'run'
            '--config.file=/etc/exporter/config.yaml'
            '--web.listen-address=:10058'
          ]
          env: [
            {
              name: 'AZURE_CLIENT_ID'
              value: identity.properties.clientId
            }
          ]
          probes: [
            {
              type: 'Liveness'
              httpGet: {
                path: '/-/healthy'
                port: 10058
              }
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/-/ready'
                port: 10058
              }
            }
          ]
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
          volumeMounts: [
            {
              volumeName: 'config'
              mountPath: '/etc/exporter'
            }
          ]
        }
      ]
      // A second replica would send the same requests to Azure again.
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
      volumes: [
        {
          name: 'config'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'config'
              path: 'config.yaml'
            }
          ]
        }
      ]
    }
  }
}

@description('Principal id that needs the role "Cognitive Services User" on the resources.')
output principalId string = identity.properties.principalId
